"""Common words of photographs in English and Korean, so that pictures with English keywords are found in
Korean.

Sorted by subject. Of English words with the same Korean one, the first is what `english` gives back.
"""

import re

_WORDS = """
# genres
sea 바다; landscape 풍경; sky 하늘; flower 꽃; animal 동물; building 건물; food 음식; interior 실내;
object 사물; person 사람; people 사람들; vehicle 탈것; portrait 인물; architecture 건축; abstract 추상;
nature 자연; city 도시; night 밤; forest 숲; travel 여행; street 거리; sport 스포츠; macro 접사;
black and white 흑백; art 예술; hill 언덕; skyline 스카이라인; night sky 밤하늘; cityscape 도시 풍경;
other 기타
# sea and water
ocean 대양; beach 해변; coast 해안; seaside 바닷가; shore 물가; wave 파도; sand 모래; island 섬; cliff 절벽;
bay 만; harbour 항구; harbor 항구; port 항만; pier 부두; lighthouse 등대; tide 밀물; surf 서핑; reef 산호초;
coral 산호; horizon 수평선; water 물; river 강; lake 호수; stream 시내; waterfall 폭포; pond 연못;
fountain 분수; pool 수영장; swamp 늪; dam 댐; canal 운하; underwater 물속
# land
mountain 산; peak 봉우리; valley 계곡; ridge 능선; field 들판; meadow 초원; prairie 대초원; grass 풀;
desert 사막; dune 모래언덕; rock 바위; stone 돌; cave 동굴; volcano 화산; glacier 빙하; canyon 협곡;
road 도로; path 오솔길; trail 산길; garden 정원; park 공원; farm 농장; vineyard 포도밭; rice paddy 논;
village 마을; countryside 시골; wood 나무; jungle 정글; island chain 군도; ruins 유적; earth 땅; soil 흙;
mud 진흙;
aerial 항공; panorama 파노라마; scenery 경치; view 전망; wilderness 황야
# sky, weather, time, seasons
cloud 구름; cloudy 흐림; sun 해; sunrise 일출; sunset 일몰; dawn 새벽; dusk 황혼; twilight 어스름; moon 달;
star 별; galaxy 은하; milky way 은하수; aurora 오로라; rainbow 무지개; rain 비; snow 눈; ice 얼음; frost 서리;
fog 안개; misty 안개 낀; foggy 안개 자욱한; mist 옅은 안개; haze 연무; storm 폭풍; thunder 천둥;
lightning 번개; wind 바람; shine 햇살; sunlight 햇빛; sunny 맑음; weather 날씨; shadow 그림자; light 빛;
dark 어둠; silhouette 실루엣; reflection 반영; morning 아침; noon 정오; afternoon 오후; evening 저녁; day 낮;
spring 봄;
summer 여름; autumn 가을; fall 가을; winter 겨울; season 계절; fire 불; flame 불꽃; smoke 연기; space 우주
# plants
tree 나무; leaf 잎; leaves 나뭇잎; foliage 단풍; branch 가지; root 뿌리; bark 나무껍질; bush 덤불;
fern 고사리; moss 이끼; rose 장미; tulip 튤립; sunflower 해바라기; daisy 데이지; dandelion 민들레; lily 백합;
orchid 난초; lotus 연꽃; cherry blossom 벚꽃; blossom 꽃송이; petal 꽃잎; lavender 라벤더; iris 붓꽃;
poppy 양귀비; peony 모란; dahlia 달리아; cyclamen 시클라멘; cosmos 코스모스; cactus 선인장; bamboo 대나무;
pine 소나무; fir 전나무; maple 단풍나무; palm 야자수; ginkgo 은행나무; mushroom 버섯; seed 씨앗; plant 식물;
bulb 알뿌리;
bouquet 꽃다발; wheat 밀; corn 옥수수; weed 잡초; ivy 담쟁이
# animals
dog 개; puppy 강아지; cat 고양이; kitten 새끼 고양이; bird 새; horse 말; cow 소; sheep 양; goat 염소;
pig 돼지; chicken 닭; duck 오리; goose 거위; swan 백조; eagle 독수리; falcon 매; owl 부엉이; crow 까마귀;
pigeon 비둘기; seagull 갈매기; sparrow 참새; parrot 앵무새; toucan 큰부리새; flamingo 홍학; ibis 따오기;
emu 에뮤; penguin 펭귄; peacock 공작; crane 두루미; rooster 수탉; elephant 코끼리; lion 사자; tiger 호랑이;
leopard 표범; cheetah 치타; bear 곰; panda 판다; wolf 늑대; fox 여우; deer 사슴; rabbit 토끼; squirrel 다람쥐;
monkey 원숭이; gorilla 고릴라; giraffe 기린; zebra 얼룩말; hippo 하마; rhino 코뿔소; camel 낙타; llama 라마;
kangaroo 캥거루; koala 코알라; okapi 오카피; gerenuk 게레눅; dalmatian 달마시안; hedgehog 고슴도치; mouse 쥐;
bat 박쥐; fish 물고기; shark 상어; whale 고래; dolphin 돌고래; seal 물개; turtle 거북;
hawksbill 매부리바다거북; frog 개구리; snake 뱀; lizard 도마뱀; crocodile 악어; crab 게; octopus 문어;
jellyfish 해파리; shell 조개껍데기; starfish 불가사리; insect 곤충; butterfly 나비; bee 벌; dragonfly 잠자리;
spider 거미; ant 개미;
beetle 딱정벌레; snail 달팽이; fly 파리; wildlife 야생동물; pet 반려동물; zoo 동물원; africa 아프리카
# vehicles
car 자동차; car side view 자동차 옆모습; transport 교통수단;
bus 버스; truck 트럭; train 기차; railway 철도; rails 선로; station 역;
subway 지하철; tram 전차; taxi 택시; van 승합차; bicycle 자전거; motorcycle 오토바이; scooter 스쿠터;
airplane 비행기; aircraft 항공기; helicopter 헬리콥터; balloon 풍선; hot air balloon 열기구; rocket 로켓;
boat 배; ship 선박; ferry 연락선; yacht 요트; sailboat 돛단배; schooner 스쿠너; ketch 케치; canoe 카누;
kayak 카약; wheel 바퀴; traffic 교통; traffic light 신호등; stop sign 정지 표지판; skateboard 스케이트보드;
tractor 트랙터; airport 공항; carriage 마차; sled 썰매; fire hydrant 소화전; parking 주차
# buildings and cities
house 집; home 가정; castle 성; palace 궁전; temple 사찰; shrine 신사; pagoda 탑; church 교회;
cathedral 대성당; mosque 모스크; monastery 수도원; tower 타워; skyscraper 고층 건물; bridge 다리; tunnel 터널;
wall 벽; gate 문; door 출입문; window 창문; roof 지붕; stairs 계단; steps 층계; staircase 나선 계단;
column 기둥; arch 아치; dome 돔; courtyard 안뜰; hanok 한옥; monument 기념물; statue 동상; sculpture 조각;
museum 박물관; library 도서관; school 학교; university 대학교; hospital 병원; hotel 호텔; restaurant 식당;
cafe 카페; shop 가게; market 시장; factory 공장; stadium 경기장; theatre 극장; parliament 국회의사당;
square 광장; alley 골목; cabin 오두막; hut 움막; barn 헛간; windmill 풍차; urban 도심; downtown 시내 중심;
neon 네온; sign 간판; flag 깃발; lantern 등불; crane machine 크레인; construction 공사; world 세계;
korea 한국; seoul 서울;
japan 일본; europe 유럽; asia 아시아
# rooms and things
room 방; office 사무실; coworking 공유 사무실; work 일; desk 책상; table 탁자; chair 의자;
windsor chair 윈저 의자; sofa 소파; bed 침대; bedroom 침실; kitchen 부엌; bathroom 욕실; living room 거실;
lamp 전등; chandelier 샹들리에; candle 촛불; mirror 거울; carpet 양탄자; curtain 커튼; shelf 선반; clock 시계;
watch 손목시계; book 책; books 책들; newspaper 신문; pen 펜; paper 종이; computer 컴퓨터; laptop 노트북;
keyboard 키보드; phone 전화기; camera 카메라; television 텔레비전; radio 라디오; typewriter 타자기;
guitar 기타(악기); electric guitar 전기 기타; piano 피아노; grand piano 그랜드 피아노; violin 바이올린;
drum 북; music 음악; toy 장난감; toys 장난감들; doll 인형; ball 공; umbrella 우산; bag 가방; handbag 손가방;
backpack 배낭; suitcase 여행 가방; hat 모자; shoe 신발; glasses 안경; ring 반지; jewellery 보석; crown 왕관;
key 열쇠; knife 칼; fork 포크; spoon 숟가락; cup 컵; bowl 그릇; plate 접시; bottle 병; glass 유리;
wine glass 와인잔; teapot 찻주전자; oven 오븐; microwave 전자레인지; refrigerator 냉장고; sink 싱크대;
box 상자; basket 바구니; tool 도구; machine 기계; robot 로봇; furniture 가구; decoration 장식; gift 선물;
coin 동전;
map 지도; painting 그림; panel 판
# food and drink
meal 식사; dish 요리; breakfast 아침 식사; lunch 점심; dinner 저녁 식사; bread 빵; rice 밥; noodle 국수;
pasta 파스타; pizza 피자; burger 햄버거; sandwich 샌드위치; soup 국; salad 샐러드; meat 고기; steak 스테이크;
seafood 해산물; sushi 초밥; kimchi 김치; bibimbap 비빔밥; egg 달걀; cheese 치즈; dessert 디저트; cake 케이크;
cookie 쿠키; chocolate 초콜릿; ice cream 아이스크림; fruit 과일; apple 사과; banana 바나나; orange 오렌지;
tangerine 귤; strawberry 딸기; grape 포도; lemon 레몬; peach 복숭아; pear 배(과일); watermelon 수박;
cherry 체리; berry 열매; vegetable 채소; tomato 토마토; carrot 당근; potato 감자; broccoli 브로콜리;
onion 양파; pepper 고추; pumpkin 호박; coffee 커피; tea 차; drink 음료; beer 맥주; wine 와인; juice 주스;
milk 우유;
spice 향신료; cooking 조리
# people
man 남자; woman 여자; child 아이; baby 아기; boy 소년; girl 소녀; family 가족; couple 연인; friend 친구;
crowd 군중; face 얼굴; eye 눈동자; hand 손; hair 머리카락; smile 미소; dance 춤; dancer 무용수; singer 가수;
musician 음악가; worker 노동자; farmer 농부; fisherman 어부; student 학생; king 왕; wedding 결혼식;
festival 축제; party 잔치; costume 의상; dress 드레스; hanbok 한복; mask 가면; running 달리기; walking 걷기;
swimming 수영; soccer 축구; baseball 야구; basketball 농구; tennis 테니스; ski 스키; christmas 크리스마스;
holiday 휴일; concert 공연; ceremony 의식; love 사랑; happy 행복; culture 문화; history 역사
# colours and looks
red 빨강; orange colour 주황; yellow 노랑; green 초록; blue 파랑; navy 남색; purple 보라; pink 분홍;
brown 갈색; black 검정; white 하양; grey 회색; gray 회색; gold 금색; silver 은색; beige 베이지;
turquoise 청록; colour 색; color 색; colors 색채; colourful 알록달록; bright 밝음; pastel 파스텔;
pattern 무늬; texture 질감; line 선; circle 원; triangle 삼각형; shape 모양; geometric 기하학; minimal 미니멀;
gradient 그라데이션; vintage 빈티지; old 오래된; modern 현대; wet 젖은; dry 마른; beautiful 아름다움;
calm 고요; peaceful 평화; wooden 목재;
metal 금속; saturation 채도; temperature 온도; symmetry 대칭; blur 흐릿함; bokeh 보케; contrast 대비
"""

_ENTRY = re.compile(r"([a-z ]+?) ([가-힣].*)")

KOREAN: dict[str, str] = {
    match[1]: match[2] for entry in re.split(r"[;\n]", _WORDS) if (match := _ENTRY.fullmatch(entry.strip()))
}
ENGLISH: dict[str, str] = {}
for _english, _korean in KOREAN.items():
    ENGLISH.setdefault(_korean, _english)


def korean(word: str) -> str:
    """The Korean for an English word or its plural; empty when it is not known."""
    word = " ".join(word.lower().replace("-", " ").replace("_", " ").split())
    endings = (
        (word, ""),
        (word.removesuffix("s"), ""),
        (word.removesuffix("es"), ""),
        (word.removesuffix("ies"), "y"),
    )
    return next((KOREAN[stem + end] for stem, end in endings if stem + end in KOREAN), "")


def english(word: str) -> str:
    """The English for a Korean word; empty when it is not known."""
    return ENGLISH.get(" ".join(word.split()), "")
