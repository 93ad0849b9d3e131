"""What clients see: types, inputs, pages, errors. Thin: names, nullability, a call below."""
