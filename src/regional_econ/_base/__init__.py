"""The ground floor: errors, options, texts, seeds, parallel work, files and determinism; it knows no economics."""
