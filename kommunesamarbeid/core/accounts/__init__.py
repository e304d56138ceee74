"""Users of KS and AUC: how they are made and invited, come in with a second factor, are helped, and leave."""
