"""Tools for agents, by the Model Context Protocol (MCP): each makes requests to the service itself.

Only `server.py` imports the SDK of the protocol, which is an extra and takes a second to load.
"""
