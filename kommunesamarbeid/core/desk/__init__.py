"""What every page of the desk stands on: the site, the base class, pages of acts, lists, the trail."""
