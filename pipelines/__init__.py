"""The rooms of the pipeline, from the ground floor up: see ARCHITECTURE.md for the house they make."""
