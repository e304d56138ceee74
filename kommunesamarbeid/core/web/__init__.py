"""What every page and request stands on: headers, languages, error pages, health, cache and log lines."""
