from shop.text import row, shorten, slug, words


def test_words_are_lower_case_and_without_punctuation():
    assert words("Earl Grey, loose") == ["earl", "grey", "loose"]
    assert words("  ") == []


def test_an_apostrophe_does_not_split_a_word():
    assert words("Dragon's Well") == ["dragons", "well"]


def test_slug_of_a_plain_title():
    assert slug("Sencha") == "sencha"


def test_slug_joins_words_with_dashes():
    assert slug("Earl Grey, loose") == "earl-grey-loose"


def test_slug_drops_punctuation():
    assert slug("  Dragon's Well -- No. 5!") == "dragons-well-no-5"


def test_short_texts_stay():
    assert shorten("Sencha", 6) == "Sencha"


def test_long_texts_are_cut():
    assert shorten("Earl Grey, loose", 10) == "Earl Gr..."
    assert shorten("Earl Grey, loose", 8) == "Earl..."


def test_a_row_is_as_wide_as_asked():
    assert row("Sencha", "8.90", 16) == "Sencha      8.90"
    assert len(row("A name that is far too long for it", "8.90", 16)) == 16
