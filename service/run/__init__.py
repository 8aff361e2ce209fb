"""Start the application, serve it, and switch between releases."""
