"""Values that only the name of a provider introduces, such as `accuweather: '...'`."""
