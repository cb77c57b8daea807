"""The frame around every page: navigation, context, session state, safe text, caches."""
