"""The genres and keywords of painted pictures, with their Korean names."""

GENRES = {
    "abstract": ("Abstract", "추상"),
    "animals": ("Animals", "동물"),
    "city": ("City", "도시"),
    "desert": ("Desert", "사막"),
    "flowers": ("Flowers", "꽃"),
    "forest": ("Forest", "숲"),
    "hills": ("Hills", "언덕"),
    "night-sky": ("Night sky", "밤하늘"),
    "portraits": ("Portraits", "인물"),
    "rain": ("Rain", "비"),
    "sea": ("Sea", "바다"),
    "snow": ("Snow", "눈"),
    "still-life": ("Still life", "정물"),
}

KEYWORDS = {
    "abstract": "추상", "animal": "동물", "apple": "사과", "architecture": "건축", "aurora": "오로라",
    "autumn": "가을", "beach": "해변", "birch": "자작나무", "bird": "새", "blossom": "꽃송이", "bottle": "병",
    "bowl": "그릇", "branch": "가지", "butterfly": "나비", "cabin": "오두막", "cactus": "선인장", "camel": "낙타",
    "cat": "고양이", "circle": "원", "citrus": "감귤", "city": "도시", "close-up": "접사", "cloud": "구름",
    "coast": "해안", "coffee": "커피", "colour": "색", "cup": "컵", "daisy": "데이지", "dawn": "새벽",
    "deer": "사슴", "desert": "사막", "drops": "물방울", "dune": "모래언덕", "dusk": "황혼", "evening": "저녁",
    "face": "얼굴", "field": "들판", "fish": "물고기", "flower": "꽃", "fog": "안개", "food": "음식",
    "forest": "숲", "fox": "여우", "fruit": "과일", "garden": "정원", "geometry": "기하", "glass": "유리",
    "glasses": "안경", "gradient": "그라데이션", "hat": "모자", "hill": "언덕", "horizon": "수평선",
    "jellyfish": "해파리", "kitchen": "부엌", "lake": "호수", "landscape": "풍경", "layers": "층",
    "leaves": "나뭇잎", "lighthouse": "등대", "lights": "불빛", "lines": "선", "marble": "대리석", "meadow": "초원",
    "milky way": "은하수", "minimal": "미니멀", "moon": "달", "morning": "아침", "mountain": "산", "nature": "자연",
    "night": "밤", "night sky": "밤하늘", "owl": "부엉이", "paper": "종이", "pattern": "무늬", "people": "사람들",
    "poppy": "양귀비", "portrait": "인물", "rain": "비", "reflection": "반영", "river": "강", "rock": "바위",
    "rose": "장미", "sailboat": "돛단배", "sand": "모래", "sea": "바다", "silhouette": "실루엣", "sky": "하늘",
    "skyline": "스카이라인", "snow": "눈", "spring": "봄", "star trails": "별의 궤적", "stars": "별",
    "still life": "정물", "storm": "폭풍", "street": "거리", "summer": "여름", "sun": "해", "sunflower": "해바라기",
    "sunset": "노을", "tent": "텐트", "tree": "나무", "tulip": "튤립", "umbrella": "우산", "underwater": "물속",
    "vase": "꽃병", "water": "물", "wave": "파도", "whale": "고래", "window": "창문", "winter": "겨울",
}  # fmt: skip
