"""What every page, report and chart is made with: words, numbers and dates of a language, templates, drawings."""
