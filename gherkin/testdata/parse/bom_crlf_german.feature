# language: de
Funktionalität: Körbe

  Szenario: Ärger
    Angenommen ein Korb
    """
    Zeile
    """
    * | kein Strich |
