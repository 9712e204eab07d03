"""The paper's questions, answered by training: arms, runs, tables."""
