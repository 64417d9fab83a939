"""Who is calling: sessions, keys, strangers."""


def test_a_person_learns_who_they_are(client_for):
    answer = client_for("owner").get("/api/v1/me")
    assert answer.status_code == 200, answer.content
    assert answer.json()["permissions"] == ["*"]
