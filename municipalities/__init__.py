"""Who they are and what they say: registers, people, themes, questionnaire responses,
candidates and needs.
"""
