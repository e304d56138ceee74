"""The project package: wiring (settings, urls, celery, servers) above, the foundation app `core` below."""
