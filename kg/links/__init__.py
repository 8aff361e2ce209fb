"""Links to outside data sets: looked up, suggested and checked."""
