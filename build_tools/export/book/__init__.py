"""The printed and the electronic 《容错案例汇编》: one content, set as PDF or packed as EPUB; chooses no cases."""
