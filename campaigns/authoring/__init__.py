"""Writing a warning: the working text, the guidance check, the preview, and the flows that change it."""
