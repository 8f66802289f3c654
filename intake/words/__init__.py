"""General words, English and Chinese, and how well a name says a thing. No data set's own names."""
