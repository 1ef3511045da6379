"""Who may call the API: tokens and their scopes, host names, and pages of other origins."""
