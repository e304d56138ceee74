"""The foundation both apps stand on: who may, who did what, what we told whom, how a state moves."""
