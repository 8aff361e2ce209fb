"""The pages about resources: things, passages, holders, graphs and rules."""
