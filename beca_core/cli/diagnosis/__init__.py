"""What `beca doctor` checks, one module for each part of a deployment."""
