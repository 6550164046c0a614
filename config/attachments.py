"""File extensions that no installation should take unless its operator decides otherwise: programs, scripts, and what starts them.

The list is the one that Dynamics 365 starts with, and a few that it lacks.
"""

_NAMES = """
ade adp apk app appimage asa ashx asmx asp bas bat cdx cer chm class cmd com config cpl crt csh dll dmg exe fxp hlp hta htm html
htr htw ida idc idq inf ins isp its jar js jse ksh lnk mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz mjs msc
msh msh1 msh1xml msh2 msh2xml mshxml msi msp mst ops pcd pif prf prg printer ps1 pst reg rem scf scr sct sh shb shs shtm shtml
soap stm svg tmp url vb vbe vbs vsmacros vss vst vsw ws wsc wsf wsh xhtml
"""
BLOCKED_EXTENSIONS = _NAMES.split()
