"""First names from many places, for people who do not exist."""

FIRST_NAMES = (
    "민준", "서연", "지호", "하은", "도윤", "수아", "예준", "지유", "Amara", "Kofi", "Ngozi", "Tunde", "Zuri",
    "Juma", "Leila", "Youssef", "Amina", "Omar", "Noor", "Farid", "Layla", "Karim", "Elif", "Emre", "Defne",
    "Can", "Mateo", "Lucía", "Santiago", "Valentina", "Diego", "Camila", "Inês", "Tiago", "Beatriz", "Rafael",
    "João", "Clara", "Émile", "Chloé", "Léo", "Inès", "Hugo", "Manon", "Lukas", "Greta", "Emil", "Frieda",
    "Anton", "Mila", "Jonas", "Freya", "Oskar", "Astrid", "Lars", "Ingrid", "Aino", "Eero", "Siiri", "Matti",
    "Agnieszka", "Jakub", "Zofia", "Tomasz", "Eliška", "Jan", "Katarína", "Marek", "Ilona", "Gábor", "Ioana",
    "Andrei", "Elena", "Dimitri", "Anastasia", "Nikos", "Eleni", "Giulia", "Matteo", "Sofia", "Lorenzo",
    "Aria", "Maeve", "Cormac", "Niamh", "Rhys", "Cerys", "Oliver", "Amelia", "Noah", "Harper", "Ravi",
    "Priya", "Arjun", "Ananya", "Vikram", "Meera", "Haruto", "Yui", "Ren", "Sakura", "Sora", "Hina", "Wei",
    "Xinyi", "Jun", "Mei", "Minh", "Linh", "Somchai", "Ploy", "Budi", "Siti", "Putri", "Adi", "Leilani",
    "Kai", "Mana", "Tane", "Anahera", "Tsering", "Dawa", "Nasrin", "Rahim", "Dilshad", "Rukhsana", "Aigerim",
    "Timur",
)  # fmt: skip
