"""Why a row was left out, a cell changed or a gap filled: the words, once, so that they can be counted and translated.

The ledger holds the English text; `message(reason)` shows it in the language of a report.
"""

from salesaudit.i18n import message

R = {
    name: text.template
    for name, text in {
        # rows
        "too_many": message("the row has more cells than the header"),
        "too_few": message("the row has fewer cells than the header"),
        "footer": message("this is a footer, not a row"),
        "empty_required": message("a required cell is empty"),
        "same_key": message("the key was used by an earlier row with other content"),
        "exact_copy": message("the row is an exact copy of an earlier one"),
        "continuation": message("the row only continues the one above"),
        "repeats": message("rows repeat an earlier one in all but the key"),
        # cells
        "number": message("this is not a number"),
        "date": message("this is not a date"),
        "month_only": message("a month without a day is not a date"),
        "flag": message("this is neither yes nor no"),
        "range": message("the value is outside its allowed range"),
        "code": message("no meaning is known for this word"),
        "destroyed": message("the number was cut by a spreadsheet (powers of ten)"),
        "point_zero": message("numbers that end in .0 were read as whole numbers"),
        "percent": message("the column was read as per cent"),
        "hours": message("the column was read as hours"),
        "seconds": message("the column was read as seconds"),
        "offset": message("the times carry an offset; they were kept as written"),
        "formatted": message("the words for missing were read as empty"),
        # questions
        "date_order": message("day and month cannot be told apart in this column"),
        "decimal": message("decimal and thousands separators cannot be told apart in this column"),
        "no_column": message("no header was found for a required column"),
        "no_file": message("no file matches this pattern"),
        "looks_like": message("the file looks like this table, but a required column was not found"),
        "which_table": message("the file could be more than one table"),
        "words_cost_rows": message("no meaning is known for these words, and their rows are rejected"),
        "nothing": message("no file could be used"),
        "no_row": message("no file has a row that could be used"),
        "no_date": message("the data hold no date of anything that happened"),
        "empty_period": message("nothing that happened lies in the period"),
        "lonely_date": message("one date lies more than a year after all others"),
        # assumptions
        "made_id": message("the file has no id; one was made from file and line"),
        "name_as_id": message("the file has no id; the name is used as id"),
        "close_from_plan": message("the planned close date is taken as the close date of what is won or lost"),
        "status_from_stage": message("the status was derived from the stage"),
        "purpose_from_subject": message("the purpose was derived from the subject"),
        "as_of": message("as_of is not set; the newest date in the data is taken"),
        "similar": message("the header was matched by similarity only"),
        # the file
        "header_twice": message("a header occurs twice; the later one was renamed"),
        "no_header": message("a column has cells but no header"),
        "empty_columns": message("empty columns without a header were dropped"),
        "padded": message("short rows were filled with empty cells, as most rows of the file are short"),
        "preamble": message("lines above the header were skipped"),
        "hidden_sheet": message("a hidden sheet was not read"),
        "two_headers": message("several headers could be this column; the first of them was taken"),
        "cancelled": message("rows say that they were cancelled; they are counted all the same"),
        # across tables
        "name_to_id": message("names were replaced by the ids they belong to"),
        "short_id": message("short and long forms of the same ids were brought together"),
        "orphan": message("the id is not in the table it points to"),
        "near": message("the name is not in the list it points to; one there looks like it"),
        "no_customer": message("rows say nothing about the customer"),
        "employment": message("rows lie outside the seller's employment"),
        "closed_first": message("rows are closed before they were created"),
        "ends_late": message("rows end more than a day after they start, or before"),
        "future": message("rows lie after as_of"),
        # the verification sample
        "never_drawn": message("no record says how these visits were drawn"),
        "row_lost": message("visits that were drawn have no row in the list that came back; they count as not reached"),
        "contradicts": message("the answers about a visit contradict each other; none of them counts"),
        "not_drawn": message("answers about visits that were not drawn do not count"),
        "row_changed": message("the row is not the one that was drawn"),
        "list_changed": message("rows were added to the record of a draw, or taken out of it"),
        "frame_changed": message("the visits are not those that the sample was drawn from"),
    }.items()
}
