"""The only room that knows Streamlit: navigation, state, widgets, charts, plain text, caches."""
