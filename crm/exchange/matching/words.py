"""Words that name a field in files all over, by field name and by kind; a Resource adds its own in `synonyms`."""

BY_NAME: dict[str, tuple[str, ...]] = {
    "name": ("full name", "姓名", "名称", "名字", "称呼", "名前", "氏名", "nombre", "nom", "kunde"),
    "number": (
        "no",
        "id",
        "编号",
        "号码",
        "会员编号",
        "会员号",
        "会员卡号",
        "member no",
        "member number",
        "card no",
        "member id",
    ),
    "email": ("email", "e mail", "mail", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件", "邮箱地址"),
    "phone": (
        "phone",
        "phone no",
        "phone number",
        "mobile",
        "mobile no",
        "mobile phone",
        "cell",
        "tel",
        "telephone",
        "contact number",
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "电话号码",
        "联系电话",
        "联系方式",
        "移动电话",
        "座机",
    ),
    "notes": ("note", "notes", "remark", "remarks", "comment", "comments", "memo", "备注", "说明", "附注"),
    "country": ("country", "nation", "国家", "国家地区"),
    "currency": ("currency", "币种", "货币"),
    "tags": ("tag", "tags", "label", "labels", "标签"),
    "quantity": ("qty", "quantity", "count", "pieces", "数量", "件数"),
    "unit_price": ("price", "unit price", "单价", "价格", "售价"),
    "code": ("code", "sku", "item code", "product code", "stock code", "货号", "商品编码", "编码"),
    "description": ("description", "item", "product", "product name", "描述", "品名", "商品名称", "商品"),
}
FIRST_NAME = ("first name", "given name", "forename", "firstname", "名")
LAST_NAME = ("last name", "surname", "family name", "lastname", "姓", "姓氏")
EXTERNAL_ID = (
    *("external id", "external number", "外部编号", "系统编号", "crm id", "record id"),
    *("opportunity id", "deal id", "lead id", "account id", "商机编号", "商机id", "线索编号"),
)
OWN_COLUMNS = (  # what a corrected-file download adds
    "kith row",
    "kith problem",
    "kith fix",
    "kith 行号",
    "kith 问题",
    "kith 处理办法",
)
