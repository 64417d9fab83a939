"""Who buys in the sample shop: names, addresses and numbers that belong to nobody, in the locale of the tenant."""
from __future__ import annotations

from dataclasses import dataclass
from random import Random

FIRST = (
    "Ada Aisha Alan Alice Amara Andre Anna Arthur Beatrice Ben Bruno Carla Carmen Cecil Chloe Clara Daniel Daria David Diego "
    "Edith Elena Eli Emma Eric Esther Eva Felix Fiona Flora Frank Gemma George Grace Hana Harriet Hassan Helen Henry Hugo Ida "
    "Ines Iris Isaac Ivan Jack Jane Jasper Joan Joel Jonas Judith Julia Karen Kofi Laila Laura Leo Lena Liam Lola Louis Lucy "
    "Mabel Marco Maria Martin Maya Mia Milo Mona Nadia Nina Noah Nora Olga Oliver Omar Oscar Otto Paul Petra Priya Rachel Ravi "
    "Rosa Ruth Sam Sara Selma Simon Sofia Stella Tara Theo Tim Tom Uma Vera Victor Wendy Yara Yusuf Zoe").split()
LAST = (
    "Abbott Adeyemi Ahmed Alvarez Archer Bailey Baker Barnes Becker Bell Bennett Blake Boyd Brady Burke Byrne Carr Castillo Chen "
    "Clarke Cohen Cole Cruz Daly Das Dixon Doyle Duarte Ellis Evans Farrell Fischer Flores Ford Foster Garner Gibson Gomez Grant "
    "Greene Hale Harper Hayes Hoffman Holt Hughes Hunt Ibrahim Iyer Jensen Jordan Kaur Keller Kelly Kim Klein Lam Lane Larsen Lee "
    "Lopez Lowe Malik Marsh Mason Mendez Meyer Mills Moore Moreno Murphy Nash Nguyen Novak Okafor Olsen Ortiz Palmer Park Patel "
    "Perez Pope Price Quinn Ramos Reed Reyes Rossi Russo Santos Schmidt Shah Silva Sloan Stone Tanaka Tran Vance Vega Walsh Ward "
    "Weber West Wolf Wong Wood York Young Zhang").split()
SURNAMES = (
    "王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin 高gao 罗luo 郑zheng "
    "梁liang 谢xie 宋song 唐tang 许xu 韩han 邓deng 冯feng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 潘pan 袁yuan 蔡cai 蒋jiang 余yu 于yu 杜du "
    "叶ye 程cheng 魏wei 苏su 吕lv 丁ding 任ren 卢lu 姚yao 沈shen 钟zhong 姜jiang 崔cui 谭tan 陆lu 范fan 汪wang 廖liao 单shan 仇qiu").split()
GIVEN = (
    "伟wei 芳fang 娜na 敏min 静jing 秀英xiuying 丽li 强qiang 磊lei 军jun 洋yang 勇yong 艳yan 杰jie 涛tao 明ming 超chao 秀兰xiulan 霞xia 平ping "
    "刚gang 桂英guiying 子涵zihan 梓萱zixuan 浩然haoran 雨桐yutong 欣怡xinyi 宇轩yuxuan 诗涵shihan 佳怡jiayi 思远siyuan 嘉豪jiahao 梦琪mengqi "
    "晓彤xiaotong 志强zhiqiang 建国jianguo 雪梅xuemei 海燕haiyan 文博wenbo 天宇tianyu 若曦ruoxi 一诺yinuo 俊杰junjie 婷婷tingting 慧hui 鑫xin "
    "凯kai 倩qian 琳lin 波bo 宁ning 博文bowen 雅琴yaqin 淑珍shuzhen 玉兰yulan 春梅chunmei 国强guoqiang 晨曦chenxi 语嫣yuyan 景行jingxing").split()
# name, region, country, weight
CITIES_EN = (
    ("Portland", "Oregon", "US", 14), ("Seattle", "Washington", "US", 11), ("San Francisco", "California", "US", 8),
    ("Los Angeles", "California", "US", 8), ("Chicago", "Illinois", "US", 7), ("New York", "New York", "US", 9), ("Boston", "Massachusetts", "US", 5),
    ("Austin", "Texas", "US", 5), ("Denver", "Colorado", "US", 5), ("Atlanta", "Georgia", "US", 3), ("Vancouver", "British Columbia", "CA", 5),
    ("Toronto", "Ontario", "CA", 4), ("London", "Greater London", "GB", 4), ("Manchester", "Greater Manchester", "GB", 2),
    ("Edinburgh", "Scotland", "GB", 2), ("Dublin", "County Dublin", "IE", 2), ("Hamburg", "Hamburg", "DE", 1), ("Berlin", "Berlin", "DE", 1))
# name, province, districts, weight
CITIES_ZH = (
    ("杭州市", "浙江省", "西湖区 滨江区 余杭区", 16), ("上海市", "上海市", "徐汇区 静安区 浦东新区", 14), ("北京市", "北京市", "朝阳区 海淀区 东城区", 11),
    ("深圳市", "广东省", "南山区 福田区", 8), ("广州市", "广东省", "天河区 越秀区", 8), ("成都市", "四川省", "锦江区 武侯区", 8), ("苏州市", "江苏省", "姑苏区 吴中区", 6),
    ("南京市", "江苏省", "玄武区 鼓楼区", 6), ("宁波市", "浙江省", "海曙区 鄞州区", 5), ("武汉市", "湖北省", "武昌区 江汉区", 4), ("重庆市", "重庆市", "渝中区 江北区", 4),
    ("西安市", "陕西省", "雁塔区 碑林区", 3), ("厦门市", "福建省", "思明区 湖里区", 3), ("青岛市", "山东省", "市南区 崂山区", 2), ("昆明市", "云南省", "五华区 盘龙区", 2))
STREETS_EN = "Alder Birch Cedar Chestnut Elm Grove Harbor Hill Juniper Lake Maple Mill Oak Orchard Park River Spring Station Union Willow".split()
STREETS_ZH = "中山路 人民路 解放路 文一路 和平路 建设路 长江路 学院路 新华路 湖滨路 青年路 花园路".split()
TRADES_EN = ("Cafe", "Bakery", "Hotel", "Studio", "Coworking", "Florist", "Gift Shop", "Tea Room", "Bistro", "Spa")
TRADES_ZH = ("咖啡馆", "烘焙坊", "精品酒店", "设计工作室", "联合办公", "花店", "礼品店", "茶馆", "餐厅", "水疗馆")
INDUSTRIES = ("hospitality", "food", "hospitality", "services", "services", "retail", "retail", "hospitality", "food", "services")
BRANDS_ZH = "云溪 半日 拾光 山野 知味 青禾 木白 南柯 小满 栖地 远山 初见 明月 春和 有田 白露".split()
POSITIONS = (("Owner", "店主"), ("Buyer", "采购"), ("Office manager", "行政"), ("Head chef", "主厨"), ("Accountant", "会计"))
AREAS = "503 206 415 213 312 212 617 512 303 404 360 253 510 818 773 718 781 737 720 678 541 425 408 424 630".split()
# Country: the lead of its numbers for fiction, and how many digits follow.
FICTION = {"CA": ("+160455501", 2), "GB": ("+447700900", 3), "IE": ("+353209130", 3), "DE": ("+4917139200", 2), "CN": ("+8614500", 6)}


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody lives or works."""

    country: str
    province: str
    city: str
    district: str
    street: str
    postal_code: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the Latin letters that an e-mail address is made of."""

    text: str
    latin: str


def split_reading(word: str) -> tuple[str, str]:
    """`王wang` → its characters and its reading."""
    latin = word.lstrip("".join(c for c in word if ord(c) > 127))
    return word.removesuffix(latin), latin


def person_name(random: Random, chinese: bool) -> Name:
    """A person's name; some surnames are far more common than others."""
    if chinese:
        surname, one = split_reading(SURNAMES[min(int(random.expovariate(1 / 14)), len(SURNAMES) - 1)])
        given, two = split_reading(random.choice(GIVEN))
        return Name(surname + given, f"{one}.{two}")
    first, last = random.choice(FIRST), random.choice(LAST)
    return Name(f"{first} {last}", f"{first}.{last}".lower())


def company_name(random: Random, chinese: bool, city: str) -> tuple[Name, str]:
    """A company's name and its industry."""
    at = random.randrange(len(TRADES_EN))
    if chinese:
        return Name(city.removesuffix("市") + random.choice(BRANDS_ZH) + TRADES_ZH[at], f"shop{random.randrange(1000, 10000)}"), INDUSTRIES[at]
    last = random.choice(LAST)
    joined = random.choice((f"{last} & {random.choice(LAST)}", last, f"{random.choice(STREETS_EN)} Street", f"The {random.choice(STREETS_EN)}"))
    name = f"{joined} {TRADES_EN[at]}"
    return Name(name, "".join(c for c in name.lower() if c.isascii() and c.isalnum())), INDUSTRIES[at]


def address(random: Random, chinese: bool) -> Address:
    """A street that may exist in a city that does."""
    number = random.randrange(1, 400)
    if chinese:
        city, province, districts, _ = random.choices(CITIES_ZH, [row[3] for row in CITIES_ZH])[0]
        street = f"{random.choice(STREETS_ZH)}{number}号"
        return Address("CN", province, city, random.choice(districts.split()), street, f"{random.randrange(100, 700)}000")
    city, province, country, _ = random.choices(CITIES_EN, [row[3] for row in CITIES_EN])[0]
    kind = random.choice(("Street", "Avenue", "Road", "Lane"))
    return Address(country, province, city, "", f"{number} {random.choice(STREETS_EN)} {kind}", f"{random.randrange(10000, 99999)}")


def phone(number: int, country: str) -> str:
    """A number out of the ranges kept for fiction or, in China, for data cards: no sample ever rings."""
    lead, digits = FICTION.get(country, (f"+1{AREAS[number // 100 % len(AREAS)]}55501", 2))
    return f"{lead}{number % 10**digits:0{digits}d}"


def email(name: Name, number: int, company: bool) -> str:
    """An address under the domains kept for examples: no sample is ever written to."""
    if company:
        return f"orders@{name.latin[:40]}{number}.example"
    return f"{name.latin}{number}@example.{('com', 'net', 'org')[number % 3]}"
