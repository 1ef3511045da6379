
"use strict";
const search = document.querySelector("input[type=search]");
const boxes = [...document.querySelectorAll("input[type=checkbox]")];
const findings = [...document.querySelectorAll("details")].map(
  (element) => ({ element, severity: element.dataset.severity, text: element.textContent.toLowerCase() }));
const shown = document.querySelector("output");
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const severities = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  let count = 0;
  for (const { element, severity, text } of findings) {
    const matches = severities.has(severity) && words.every((word) => text.includes(word));
    element.hidden = !matches;
    count += matches;
  }
  shown.textContent = count === findings.length ? `${count} listed` : `${count} of ${findings.length} listed`;
}
search.addEventListener("input", filter);
for (const box of boxes) box.addEventListener("change", filter);
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
filter();
