"""Reference values of metafor beside ours: where they are read, how they are compared, why some disagree."""
