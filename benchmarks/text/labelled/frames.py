"""Where values stand in texts: prose, tables, mail, logs, source code, contact pages. `{}` is the value."""

ANYWHERE = (
    *(
        "{}",
        "- {}\n",
        "({})",
        "| {} | 12 | yes |\n",
        "“{}”",
        "'{}';",
        "x = {}\n",
        "see {}!",
        "→ {}",
        "{};",
        "<td>{}</td>",
    ),
    *("It was {}, as far as I remember.", "They gave us {}.", "Set it to {} and try again.", "是 {} 吗？", "voir {} ;"),
    *(
        "id,name,value\n7,main,{}\n",
        '{{"value": "{}"}}',
        "<!-- {} -->",
        "On Monday {} came up twice.",
        "\t{}\t",
        "*{}*",
    ),
)

FRAMES = {
    "EMAIL": (
        *("From: Jane Doe <{}>\n", "To: {}\n", "Reply-To: {}, the list\n", '<a href="mailto:{}">write</a>'),
        *(
            "Signed-off-by: Li Wei <{}>\n",
            "author_email='{}',\n",
            "Contact {} for details.",
            "E-Mail: {} ",
            "邮箱：{}，谢谢",
        ),
        *(
            "git config user.email {}\n",
            "Bug reports to {}.",
            "joined: {} [203]",
            "Kontakt:{}\n",
            "%% Maintainer: {}\n",
        ),
    ),
    "PHONE, announced": (
        *(
            "Tel. {}\n",
            "Tel.: {}\n",
            "Phone: {}\n",
            "Telephone {}\n",
            "Téléphone : {}\n",
            "Fax: {}\n",
            "Telefon {}",
            "TEL：{}\n",
        ),
        *(
            "Mobile: {}",
            "Call us at {} today.",
            "call {} between 9 and 5",
            "电话：{}\n",
            "Тел.: {}\n",
            "Tel/Fax: {}\n",
            "tel:{}",
        ),
        *("<b>Phone</b> {}", "Hotline: {} (24h)", "WhatsApp {}", "Teléfono: {}\n", "Phone number: {}.", "Handy: {}\n"),
    ),
    "PHONE": ("Reach me on {}.", "Office {}, room 12", "{} (reception)", "Jane Doe, {}\n", "| Li Wei | {} |\n"),
    "IPV4": (
        *(
            '{} - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 2326\n',
            "http://{}/index.html",
            "ssh root@{}",
            "{}:8080",
        ),
        *(
            "sshd[991]: Failed password for root from {} port 4022 ssh2\n",
            "route add {}/24",
            "ping {}\n",
            "nameserver {}\n",
        ),
        *(
            "Received: from mx (mx [{}]) by mail\n",
            "blocked {}, again",
            "iptables -A INPUT -s {} -j DROP\n",
            "server {};",
        ),
    ),
    "IPV6": (
        *(
            "http://[{}]:443/",
            "inet6 {}/64 scope global\n",
            "AAAA {}\n",
            "from {} port 22\n",
            "nameserver {}\n",
            "peer {},",
        ),
        *("sshd[7]: Accepted publickey for git from {} port 5022\n", "ping6 {}\n", "address {}:\n"),
    ),
    "IBAN": (
        *(
            "IBAN: {}\n",
            "IBAN {} BIC COBADEFFXXX\n",
            "Please transfer to {}.",
            "Konto {}, Bank",
            "Bankverbindung: {}\n",
        ),
        *("account {} at the bank", "<iban>{}</iban>", "Virement : {}\n", "IBAN {} SWIFT: BNPAFRPP"),
    ),
    "CARD": (
        *(
            "Card number: {}\n",
            "card {} exp 09/27 cvv 123\n",
            "paid with {}.",
            '"pan": "{}",',
            "VISA {}\n",
            "charged to {}, thanks",
        ),
        *("cc={}&exp=0927", "Kreditkarte {}\n"),
    ),
    "API_KEY": (
        *(
            "api_key = '{}'\n",
            "export TOKEN={}\n",
            '"apiKey": "{}",\n',
            "curl -H 'X-Api-Key: {}'\n",
            "key={}&q=1",
            "token: {}\n",
        ),
        *("I pasted {} by mistake.", "KEY={} make deploy\n"),
    ),
    "API_KEY, AWS secret key": ("aws_secret_access_key = {}\n", 'AWS_SECRET_ACCESS_KEY="{}"\n', 'secretKey: "{}"\n'),
    "TOKEN": (
        "token={}\n",
        "Authorization: Bearer {}\n",
        '"jwt": "{}"',
        "Cookie: session={}; path=/\n",
        "?access_token={}&x=1",
    ),
    "TOKEN, bearer": (
        *(
            "Authorization: Bearer {}\n",
            "-H 'Authorization: Bearer {}'\n",
            '"Authorization": "Bearer {}"',
            "access_token={}\n",
        ),
        *("authorization: bearer {}\n", "Authorization: Token {}\n"),
    ),
    "PRIVATE_KEY": (
        "{}\n",
        "key: |\n{}\n",
        "id_rsa:\n\n{}\n\nEnd.",
        "<pre>{}</pre>",
        "KEY = '''{}'''\n",
        "> see below\n{}\n",
    ),
}

PROSE = (
    *(
        "The committee met twice that year and agreed on little.",
        "Rain fell on the hills until noon.",
        "Nothing else changed.",
    ),
    *(
        "Install the package, then restart the service.",
        "She had lived there since 1987.",
        "Die Sitzung wurde vertagt.",
    ),
    *(
        "Les archives sont ouvertes au public le mardi.",
        "Prices rose by 3.5 % in 2019.",
        "# Notes\n",
        "def main():\n    return 0\n",
    ),
    *(
        "この文書は下書きです。",
        "Все права защищены.",
        "Chapter 4 describes the protocol in detail.",
        "Ver la página 12.",
    ),
)
