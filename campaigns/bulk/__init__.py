"""Translations by spreadsheet: out as XLSX or CSV, back through a preview, in all at once or not at all."""
