"""The emulator's own routes under ``/_emulator/``: its page, its controls, and who may use them."""
