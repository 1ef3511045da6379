"""The deployable service: the REST API (`http`), the workers (`worker`), and the process that scans texts (`texts`)."""
