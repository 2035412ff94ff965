"""What self-contained pages share: how their templates are read, and their style."""
