"""Services for the pages and the command line. No Streamlit here."""
