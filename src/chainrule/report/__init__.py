"""A sweep as one self-contained page: what it shows, its pictures, its templates."""
