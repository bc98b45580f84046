"""The practice model endpoint and the skirmish on it: real HTTP, seeded scenarios, no key."""
