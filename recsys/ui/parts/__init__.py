"""Charts and widgets that several pages share."""
