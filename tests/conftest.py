"""How much hypothesis tries: `pytest --hypothesis-profile=thorough` tries ten times as much."""

from hypothesis import settings

settings.register_profile("thorough", max_examples=1_000)
