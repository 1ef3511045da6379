"""From a source to a report: reading in processes, attribution, assembly of findings, rescans."""
