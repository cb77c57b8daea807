"""Score breakdown, content, contrastive and counterfactual explanations, and faithfulness tests."""
