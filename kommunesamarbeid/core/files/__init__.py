"""What comes in and goes out as a file: tables read strictly, tables and documents made."""
