"""Who fits whom, and what became of it: runs, proposals, decisions and agreements."""
