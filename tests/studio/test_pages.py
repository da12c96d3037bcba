"""What a person sees: each page over HTTP, from the real command on a real database."""


def test_the_first_page_lists_every_table_under_its_subject(browse):
    page = browse("/")
    assert page.index("<h2") < page.index('href="/table/wallets"')
    assert "Savings plans" in page
    assert "avdaily_readonly" in page
