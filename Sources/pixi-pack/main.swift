import CBoot
import PixiPackCLI

pixi_boot_finish()
Program.main()
