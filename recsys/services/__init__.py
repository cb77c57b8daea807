"""What a page or a command may ask for, in their words. No Streamlit here."""
