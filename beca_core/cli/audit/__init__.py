"""`beca audit`: a walk through the findings of a scan, which somebody judges one by one."""
